package io.nereid.server;

import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpLimits;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;

class StartWarningsTest {
    private static final ServerConfig CONFIG = ServerConfig.of(Path.of("models"))
            .withHttp(HttpConfig.DEFAULT.withLimits(HttpLimits.DEFAULT.withMaxConnections(1000)))
            .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));

    @Test
    void of_fewerFilesThanTheFlagsPromise_saysHowManyAreNeeded() {
        assertThat(StartWarnings.of(CONFIG, OptionalLong.of(1511), "UTF-8")).containsExactly(
                "the limit of open files (ulimit -n) is 1511, but the 1000 connections that --http-max-connections and"
                        + " --grpc-max-connections allow need 1512: when files run out nobody gets in, health checks"
                        + " included; raise the limit, or lower the flags");
    }

    @Test
    void of_enoughFiles_saysNothing() {
        assertThat(StartWarnings.of(CONFIG, OptionalLong.of(1512), "UTF-8")).isEmpty();
        assertThat(StartWarnings.of(CONFIG, OptionalLong.empty(), "UTF-8")).isEmpty();
    }

    @Test
    void of_localeWithoutUtf8_saysHowToStart() {
        assertThat(StartWarnings.of(CONFIG, OptionalLong.empty(), "ANSI_X3.4-1968")).singleElement().asString()
                .contains("ANSI_X3.4-1968", "start it with LC_ALL=C.UTF-8");
    }
}
