# trc-mee6 as a container image. How to build and run it: docs/container.md.

# Any image with Python 3.11 or newer and its module venv; both stages are built on it.
ARG BASE=python:3.13-slim

# The first stage makes /opt/trc-mee6. Its tools and what they leave behind stay here.
FROM ${BASE} AS build
WORKDIR /build
RUN python3 -m venv tools && python3 -m venv --without-pip /opt/trc-mee6
COPY deploy/container/*.lock ./
RUN tools/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary=:all: \
        --requirement build.lock \
    && tools/bin/pip --python /opt/trc-mee6/bin/python install --no-cache-dir --no-compile \
        --no-deps --require-hashes --only-binary=:all: --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY trc_mee6 trc_mee6
RUN tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/trc-mee6/bin/python install --no-index --no-compile --no-deps \
        dist/*.whl \
    && tools/bin/pip --python /opt/trc-mee6/bin/python check
# Nothing can be compiled on a read-only disk, so all is compiled here; by hash, so that no time of
# day gets into it, and with -f what pip has loaded and so compiled already, by time, too.
RUN PYTHONHASHSEED=0 /opt/trc-mee6/bin/python -m compileall -q -f \
        --invalidation-mode unchecked-hash /opt/trc-mee6

FROM ${BASE}
LABEL org.opencontainers.image.title="trc-mee6" \
      org.opencontainers.image.description="Turns MEE6 XP into points in a ledger" \
      org.opencontainers.image.licenses="MIT"
# The standard library too, for some bases come without its bytecode.
RUN PYTHONHASHSEED=0 python3 -m compileall -q --invalidation-mode unchecked-hash \
        -x '/(site-packages|tests?)/' \
        "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && echo 'trc-mee6:x:10001:10001::/var/lib/trc-mee6:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'trc-mee6:x:10001:' >> /etc/group \
    && install --directory --owner=10001 --group=10001 /var/lib/trc-mee6
COPY --from=build /opt/trc-mee6 /opt/trc-mee6
# The database is /var/lib/trc-mee6/trc-mee6.db, unless DATABASE_URL is set in whichever way. This
# is no VOLUME: one that nobody asked for goes away with the container, and all points with it.
ENV PATH=/opt/trc-mee6/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/trc-mee6 \
    XDG_DATA_HOME=/var/lib
WORKDIR /var/lib/trc-mee6
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
ENTRYPOINT ["trc-mee6"]
