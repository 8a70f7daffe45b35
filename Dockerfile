# Nereid in a container.
#   docker build -t nereid .                            CPU
#   docker build -t nereid:gpu --build-arg VARIANT=gpu . CUDA (needs NVIDIA's container runtime to run)
#   docker run -p 8000:8000 -p 8001:8001 -p 8002:8002 -v /srv/models:/models nereid
ARG VARIANT=cpu

# The distribution, a Java runtime of only the modules it needs, and the AOT cache made with that runtime.
FROM maven:3-eclipse-temurin-25 AS build
ARG VARIANT=cpu
WORKDIR /src
COPY . .
RUN deploy/build-distribution ${VARIANT} no-aot
RUN mv server/target/nereid /nereid
RUN deploy/make-runtime /nereid
# Last, and where the files will lie: the cache is valid for these jars and this runtime only.
RUN deploy/make-aot-cache /nereid examples/food11/models || echo "no AOT cache"

FROM debian:stable-slim AS base-cpu

FROM nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04 AS base-gpu

FROM base-${VARIANT}
# What decodes images for the backend `image`: JPEG as Pillow does, and WebP. Debian and Ubuntu name the first differently.
RUN apt-get update && apt-get install -y --no-install-recommends libwebp7 \
    && (apt-get install -y --no-install-recommends libturbojpeg0 \
        || apt-get install -y --no-install-recommends libturbojpeg) \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /nereid /nereid
# `serve` is what SageMaker calls; the labels say that it may choose the port, and load models.
COPY deploy/sagemaker/serve /nereid/bin/serve
LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true \
      com.amazonaws.sagemaker.capabilities.multi-models=true
RUN useradd --system --no-create-home --uid 10001 nereid && mkdir /models
# The launcher sees to UTF-8 itself; this is for whoever starts Java, or a shell, in the container.
ENV PATH=/nereid/bin:$PATH LANG=C.UTF-8
# By number: Kubernetes cannot tell from a name that it is not root.
USER 10001
VOLUME /models
EXPOSE 8000 8001 8002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/nereid/bin/nereid-health", "8000"]
ENTRYPOINT ["/nereid/bin/nereid"]
CMD ["--model-repository=/models"]
