package io.nereid.server.console.calls;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.protocol.ModelSignature;

import java.util.LinkedHashMap;
import java.util.Map;

/** The calls of one version. */
public final class Calls {
    private Calls() {}

    /**
     * The texts by their names: {@code curl}, {@code python}, {@code java}, and {@code grpc} where that is served. A
     * model that answers with a stream is called over gRPC in Python, as its client for HTTP knows no streams, and over
     * HTTP only if its inputs can be JSON: {@code generate_stream} takes nothing else.
     */
    public static Map<String, String> of(CallTarget target, ModelSignature signature, ModelConfig config) {
        ExampleRequest request = ExampleRequest.of(signature, config);
        Map<String, String> calls = new LinkedHashMap<>();
        if (!request.decoupled()) {
            calls.put("curl", CurlCall.text(target, request));
            calls.put("python", PythonCall.overHttp(target, request));
            calls.put("java", JavaCall.text(target, request));
        } else if (!request.isBinary()) {
            calls.put("curl", CurlCall.text(target, request));
            calls.put("java", JavaCall.text(target, request));
        }
        target.grpc().ifPresent(address -> calls.put("grpc", PythonCall.overGrpc(target, address, request)));
        return calls;
    }
}
