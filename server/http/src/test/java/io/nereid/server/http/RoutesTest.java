package io.nereid.server.http;

import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class RoutesTest {
    private static final Routes ROUTES = new Routes(
            Map.of("/v2", new Named("server"), "/v2/models/stats", new Named("all stats")),
            Map.of("infer", new Named("infer"), "stats", new Named("stats")), new Named("metadata"),
            Map.of("/v2/systemsharedmemory/status", region -> new Named("regions " + region)),
            Map.of("index", repository -> new Named("index " + repository), "load",
                    repository -> new Named("load " + repository)),
            (model, name) -> model.equals("m") && name.equals("canary"));

    private record Named(String name) implements Endpoint.Immediate {
        @Override
        public ApiCategory category() {
            return ApiCategory.METADATA;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.GET;
        }

        @Override
        public HttpReply answer(HttpExchange exchange, ModelPath path) {
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            /v2,                                 server,    '',  ''
            /v2?a=b,                             server,    '',  ''
            /v2/models/stats,                    all stats, '',  ''
            /v2/models/m,                        metadata,  m,   ''
            /v2/systemsharedmemory/status,              'regions ',    '', ''
            /v2/systemsharedmemory/region/r/status,     'regions r',   '', ''
            /v2/systemsharedmemory/region/a%2Fb+c/status?x, 'regions a/b+c', '', ''
            /v2/systemsharedmemory/region/region/status, 'regions region', '', ''
            /v2/repository/index,                       'index ',     '', ''
            /v2/repository/r/index,                     'index r',    '', ''
            /v2/repository/models/a%2Fb/load,           'load ',      a/b, ''
            /v2/repository/r/models/m/load,             'load r',     m,  ''
            /v2/repository/models/models/load,          'load ',      models, ''
            /v2/models/m/versions/3,             metadata,  m,   3
            /v2/models/m/infer,                  infer,     m,   ''
            /v2/models/m/versions/12/infer?q=/x, infer,     m,   12
            /v2/models/m/versions/canary,        metadata,  m,   canary
            /v2/models/m/versions/canary/infer,  infer,     m,   canary
            /v2/models/a%20b/stats,              stats,     a b, ''
            /v2/models/a+b/stats,                stats,     a+b, ''
            /v2/models/..%2F..%2Fetc/stats,      stats,     ../../etc, ''
            http://host:8000/v2/models/m/infer,  infer,     m,   ''
            """)
    void find_routeOfTheTable_endpointAndModel(String target, String endpoint, String model, String version) {
        Routes.Match match = Objects.requireNonNull(ROUTES.find(target));
        assertThat(match.endpoint()).isEqualTo(new Named(endpoint));
        assertThat(match.path()).isEqualTo(new ModelPath(model, version));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "v2", "/v2/", "/v2/health", "/v2/models", "/v2/models/", "/v2/models//infer",
            "/v2/models/m/", "/v2/models/m/versions", "/v2/models/m/versions/", "/v2/models/m/versions/x",
            "/v2/models/m/versions/-1/infer", "/v2/models/m/versions/1/infer/x", "/v2/models/m/n/infer", "http://host",
            "/v2/models/m/unknown", "/v2/models/m/versions/1/trace/setting", "/v2/models/m/trace",
            "/v2/systemsharedmemory", "/v2/systemsharedmemory/unknown",
            "/v2/systemsharedmemory/region/status", "/v2/systemsharedmemory/region//status",
            "/v2/systemsharedmemory/region/r", "/v2/systemsharedmemory/region/r/s/status",
            "/v2/systemsharedmemory/r/status",
            "/v2/systemsharedmemory/x/r/status", "/v2/x/status", "/systemsharedmemory/status"})
    void find_anythingElse_noMatch(String target) {
        assertThat(ROUTES.find(target)).isNull();
    }
}
