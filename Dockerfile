# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
#
#   docker build -t penstock .
#   docker run --rm --read-only -p 127.0.0.1:8080:8080 penstock
#
# Four steps: build the jar, train, take what the training left, run as nobody on a file system that can be read-only.

ARG JDK=25

# ---- build: the jar, and Netty's native libraries beside it, so that nothing has to be unpacked at run time
FROM maven:3.9-eclipse-temurin-${JDK} AS build
WORKDIR /build
COPY pom.xml ./
COPY .mvn .mvn
COPY src src
RUN --mount=type=cache,target=/build/repository \
    mvn -B -q -Dmaven.repo.local=/build/repository -DskipTests package \
 && mkdir native && cd native \
 && jar xf ../target/penstock.jar META-INF/native \
 && mv META-INF/native/*.so . && rm -r META-INF

# ---- base: what training and production share; the archive is only valid for the same Java, jar and flags
FROM eclipse-temurin:${JDK}-jre AS base
COPY --from=build /build/native /app/native
COPY --from=build /build/target/penstock.jar /app/penstock.jar
WORKDIR /app
# The flags that the archive depends on. JDK_JAVA_OPTIONS is free for yours.
COPY <<'EOF' /app/jvm.options
-XX:+UseG1GC
-XX:+UseCompactObjectHeaders
-XX:MaxRAMPercentage=75
-XX:+ExitOnOutOfMemoryError
--enable-native-access=ALL-UNNAMED
-Dvertx.disableTCCL=true
-Djava.util.concurrent.ForkJoinPool.common.parallelism=2
-Djava.library.path=/app/native
EOF

# ---- train: start, answer the demo model once, stop; what was loaded becomes the archive
FROM base AS train
RUN <<'EOF' bash
set -eu
export PENSTOCK__SERVER__DRAIN_DELAY=0s
java @jvm.options -XX:AOTCacheOutput=/app/penstock.aot -jar penstock.jar serve &
gateway=$!
for _ in $(seq 100); do
  if java -jar penstock.jar health >/dev/null 2>&1; then break; fi
  sleep 0.2
done
body='{"model":"demo","stream":true,"messages":[{"role":"user","content":"hello"}]}'
exec 3<>/dev/tcp/127.0.0.1/8080
printf 'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s' "${#body}" "$body" >&3
grep -q 'data: \[DONE\]' <&3
kill -TERM "$gateway"
wait "$gateway"
test -s /app/penstock.aot
EOF

# ---- run
FROM base
LABEL org.opencontainers.image.title="Penstock" \
      org.opencontainers.image.description="The open gate in front of language models" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=train /app/penstock.aot /app/penstock.aot
# In a container, loopback is nobody. With a real provider and no key, Penstock refuses this address.
ENV PENSTOCK__SERVER__HOST=0.0.0.0
USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", "/app/penstock.jar", "health"]
ENTRYPOINT ["java", "@/app/jvm.options", "-XX:AOTCache=/app/penstock.aot", "-jar", "/app/penstock.jar"]
CMD ["serve"]
