-- CreateTable
CREATE TABLE "secret" (
    "team_id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "parts" TEXT[],
    "key_id" TEXT NOT NULL,
    "nonce" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("team_id","name")
);

-- CreateIndex
CREATE INDEX "secret_key_id_idx" ON "secret"("key_id");

-- Checks.

alter table secret
  add constraint nonce_is_96_bits check (octet_length(nonce) = 12),
  add constraint sealed_has_a_tag check (octet_length(sealed) >= 16),
  add constraint has_parts check (cardinality(parts) > 0);
