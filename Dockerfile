# One image for all services: `python -m services.ingest`, `.cluster`, `.publish`, `.web`.
#
# Two stages on one base. The first installs the locked versions into a virtual environment; the
# second is the plain base plus that environment: no pip of ours, no compiler, no cache, no root.
#
# Behind a mirror or a proxy: --build-arg PIP_INDEX_URL=…, HTTPS_PROXY=…, or a pip configuration
# file that stays out of the image: --secret id=pip_conf,src=pip.conf

FROM python:3.13-slim AS build

ARG PIP_INDEX_URL="" PIP_EXTRA_INDEX_URL="" PIP_TRUSTED_HOST=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1

RUN python -m venv --without-pip /opt/dateline
WORKDIR /build

# The dependencies first: this layer is kept until the lock file changes.
COPY requirements.lock ./
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    pip --python /opt/dateline/bin/python install --require-hashes --only-binary :all: -r requirements.lock

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY dateline dateline
COPY services services
COPY seeds/articles.jsonl seeds/invalid.jsonl seeds/outlets.csv seeds/
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    pip --python /opt/dateline/bin/python install --no-deps .

# What is off by default and brings further libraries: --build-arg EXTRAS=otel,llm
ARG EXTRAS=""
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    [ -z "$EXTRAS" ] || pip --python /opt/dateline/bin/python install --only-binary :all: ".[$EXTRAS]"


FROM python:3.13-slim

LABEL org.opencontainers.image.title="Dateline" \
      org.opencontainers.image.description="Turns a stream of raw news articles into stories." \
      org.opencontainers.image.licenses="Apache-2.0"

# Libraries of Debian that are used where they are there: --build-arg PACKAGES=libfribidi0 (docs/http.md)
ARG PACKAGES=""
RUN [ -z "$PACKAGES" ] || { apt-get update && apt-get install -y --no-install-recommends $PACKAGES \
    && rm -rf /var/lib/apt/lists/*; }

RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dateline
COPY --from=build /opt/dateline /opt/dateline
# Where the door keeps its files and `access` its passwords: a volume mounted here takes over the owner.
RUN install -d -o 10001 /var/lib/dateline /var/lib/dateline-backups /access /access/acl /access/own \
    /access/ingest /access/cluster /access/publish /access/web /access/feeds /access/operator /access/keeper

ENV PATH=/opt/dateline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp

USER 10001
WORKDIR /tmp
CMD ["python", "-m", "services.ingest"]
