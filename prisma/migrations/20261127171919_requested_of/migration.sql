-- AlterTable
ALTER TABLE "delivery" ADD COLUMN     "requested_of" TEXT;

-- ── By hand ─────────────────────────────────────────────────────────────────────────────────────────────────────

update delivery d set requested_of = case m.mode when 'auto' then 'provider' else 'colleague' end
from message m where m.id = d.message_id and d.requested_at is not null;
alter table delivery add constraint requested_of_somebody
  check (requested_of in ('provider', 'colleague') and (state <> 'requested' or requested_of is not null));
