package io.nereid.server.http;

import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorMemory;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Which memory a large body is read into: that of the model which the request's path names. */
final class BodyMemoryTest {
    private static final TensorMemory POOLED = new TensorMemory(0, 0);
    private static final TensorMemory OF_MODEL = new TensorMemory(0, 0);

    /** An inference route of which one model wants another memory. */
    private record Infer() implements Endpoint.Deferred {
        @Override
        public ApiCategory category() {
            return ApiCategory.INFERENCE;
        }

        @Override
        public HttpMethod method() {
            return HttpMethod.POST;
        }

        @Override
        public void handle(HttpExchange exchange, ModelPath path) {
            throw new AssertionError("no body has come");
        }

        @Override
        public TensorAllocator memoryFor(ModelPath path, TensorAllocator otherwise) {
            return path.model().equals("gpu") ? OF_MODEL : otherwise;
        }
    }

    private record Metadata() implements Endpoint.Immediate {
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

    private final Router router = new ProtocolRouter(
            new Routes(Map.of("/v2", new Metadata()), Map.of("infer", new Infer()), new Metadata(), Map.of(), Map.of(),
                    (_, _) -> false),
            Restrictions.NONE, () -> false);

    @ParameterizedTest
    @CsvSource({"/v2/models/gpu/infer, true", "/v2/models/gpu/versions/3/infer?x=y, true",
            "/v2/models/other/infer, false", "/v2, false", "/v2/models/gpu, false", "/nothing, false",
            "/v2/models/%zz/infer, false"})
    void bodyMemory_path_isThatOfItsModel(String target, boolean ofModel) {
        DefaultHttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, target);
        assertThat(router.route(head).bodyMemory(POOLED)).isSameAs(ofModel ? OF_MODEL : POOLED);
    }
}
