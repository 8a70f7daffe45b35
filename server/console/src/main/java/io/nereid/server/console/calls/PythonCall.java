package io.nereid.server.console.calls;

import java.util.Optional;
import java.util.stream.Collectors;

/** A call by Triton's clients for Python, over HTTP and over gRPC. */
final class PythonCall {
    private PythonCall() {}

    /** Over HTTP, one answer. */
    static String overHttp(CallTarget target, ExampleRequest request) {
        String ssl = target.https() ? ", ssl=True" : "";
        return """
                import numpy as np
                import tritonclient.http as httpclient

                client = httpclient.InferenceServerClient(%s%s)
                inputs = []
                """.formatted(Texts.inCode(target.http()), ssl) + inputs(request, "httpclient") + """
                result = client.infer(%s, inputs, model_version=%s%s%s)
                """.formatted(Texts.inCode(target.model()), Texts.inCode(target.version()), sequence(request),
                headers(target.httpHeader()))
                + print(request, "");
    }

    /** Over gRPC: one answer, or a stream of them. */
    static String overGrpc(CallTarget target, String address, ExampleRequest request) {
        String ssl = target.grpcTls() ? ", ssl=True" : "";
        String begin = """
                import numpy as np
                import tritonclient.grpc as grpcclient

                client = grpcclient.InferenceServerClient(%s%s)
                inputs = []
                """.formatted(Texts.inCode(address), ssl) + inputs(request, "grpcclient");
        return begin + (request.decoupled() ? stream(target, request)
                : """
                        result = client.infer(%s, inputs, model_version=%s%s%s)
                        """.formatted(Texts.inCode(target.model()), Texts.inCode(target.version()), sequence(request),
                        headers(target.grpcHeader()))
                        + print(request, ""));
    }

    private static String stream(CallTarget target, ExampleRequest request) {
        return """

                def answered(result, error):
                    if error:
                        print(error)
                        return
                %s
                client.start_stream(answered%s)
                client.async_stream_infer(%s, inputs, model_version=%s%s)
                client.stop_stream()
                """.formatted(print(request, "    "), headers(target.grpcHeader()), Texts.inCode(target.model()),
                Texts.inCode(target.version()),
                sequence(request));
    }

    private static String inputs(ExampleRequest request, String client) {
        return request.inputs().stream().map(input -> """
                tensor = %s
                inputs.append(%s.InferInput(%s, list(tensor.shape), "%s"))
                inputs[-1].set_data_from_numpy(tensor)
                """.formatted(input.numpy(), client, Texts.inCode(input.name()), input.dataType()))
                .collect(Collectors.joining());
    }

    private static String headers(Optional<String> name) {
        return name.map(known -> ", headers={" + Texts.inCode(known) + ": \"" + CallTarget.SECRET + "\"}").orElse("");
    }

    private static String sequence(ExampleRequest request) {
        return request.sequence() ? ", sequence_id=1, sequence_start=True, sequence_end=True" : "";
    }

    private static String print(ExampleRequest request, String indent) {
        String names = request.outputs().stream().map(Texts::inCode).collect(Collectors.joining(", ", "[", "]"));
        return "%sfor name in %s:%n%s    print(name, result.as_numpy(name))%n".formatted(indent, names, indent);
    }
}
