# The server in a small image. Postgres is another container (see docker-compose.yml), or, without DATABASE_URL, a
# private one that the first start downloads.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package percorso-api --bin percorso

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/percorso --create-home percorso
COPY --from=build /src/target/release/percorso /usr/bin/percorso
COPY content-packages /usr/share/percorso/content-packages
ENV PERCORSO_DATA_DIR=/var/lib/percorso \
    PERCORSO_LISTEN=0.0.0.0:8080 \
    PERCORSO_PLAYER_LISTEN=0.0.0.0:8081
USER percorso
VOLUME /var/lib/percorso
EXPOSE 8080 8081
ENTRYPOINT ["percorso"]
CMD ["serve"]
