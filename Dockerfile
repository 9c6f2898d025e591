# Two images from one file:
#   docker build --target runtime -t esteira:dev .       the programs, the plugins and the migrations
#   docker build --target sdk -t esteira-sdk:dev .       the compiler and the SDK, to build plugins: see sdk/example/Dockerfile
# docs/kubernetes.md describes both.
ARG DEBIAN=debian:bookworm-slim

# build: compiles and installs into /install (runtime) and /install-sdk (the SDK alone).
FROM ${DEBIAN} AS build
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      ccache cmake g++ libboost1.81-dev libcli11-dev libcurl4-openssl-dev libhiredis-dev libpistache-dev libpq-dev \
      libpqxx-dev librabbitmq-dev libspdlog-dev libssl-dev ninja-build nlohmann-json3-dev pkg-config prometheus-cpp-dev \
      rapidjson-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# What is compiled. Documentation, tests and manifests are not copied: a change there rebuilds nothing.
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY sdk sdk
COPY runtime runtime
COPY plugins plugins
COPY host host
COPY api api
COPY cli cli
# The compiler cache outlives this layer: after a change only the sources that it concerns are compiled again.
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    && cmake --build --preset release
# The migrations come after the compilation, because they change more often than they need it.
COPY sql sql
RUN DESTDIR=/install cmake --install build/release --strip --component programs --prefix /usr/local \
    && DESTDIR=/install-sdk cmake --install build/release --component sdk --prefix /usr/local

# base: Debian, the libraries that the programs load, and the programs.
FROM ${DEBIAN} AS base
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      ca-certificates libcurl4 libfmt9 libhiredis0.14 libpistache0 libpq5 libpqxx-6.4 libprometheus-cpp-core1.0 librabbitmq4 \
      libspdlog1.10 libssl3 tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*
COPY --from=build /install/usr/local /usr/local
# The build fails here when a library is missing: each program and each plugin is loaded once.
RUN esteira-api --version && esteira-host --version && esteira version \
    && for plugin in /usr/local/lib/esteira/plugins/*.so; do esteira plugin inspect "$plugin" || exit 1; done

# sdk: the compiler and the SDK beside the programs, so that a plugin can be built, tested and inspected in one place.
FROM base AS sdk
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      cmake g++ ninja-build pkg-config \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*
COPY --from=build /install-sdk/usr/local /usr/local
WORKDIR /src
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="esteira-sdk" \
      org.opencontainers.image.description="Compiler and SDK to build stages of Esteira" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="debian:bookworm-slim"
CMD ["bash"]

# runtime: what is deployed. The command chooses the program: esteira-api, esteira-host or esteira.
FROM base AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="esteira" \
      org.opencontainers.image.description="Order processing whose stages are plugins: API, stage host and command line" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.documentation="docs/kubernetes.md" \
      org.opencontainers.image.base.name="debian:bookworm-slim"
# A number, so that Kubernetes can verify that it is not root.
USER 65532:65532
WORKDIR /
EXPOSE 8080 9090
# tini is process 1: it passes signals on, and reaps processes whose parent is gone (of `docker exec`, for example).
ENTRYPOINT ["/usr/bin/tini", "-s", "--"]
CMD ["esteira", "help"]
