# The server in a small image. Postgres is another container (see docker-compose.yml).
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
# The image's own toolchain: the extra targets and components of rust-toolchain.toml are for developers.
ENV RUSTUP_TOOLCHAIN=stable
RUN cargo build --release --locked --package percorso-api --bin percorso

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/percorso --create-home percorso
COPY --from=build /src/target/release/percorso /usr/bin/percorso
COPY content-packages /usr/share/percorso/content-packages
USER percorso
VOLUME /var/lib/percorso
EXPOSE 8080 8081
ENTRYPOINT ["percorso"]
CMD ["serve"]
