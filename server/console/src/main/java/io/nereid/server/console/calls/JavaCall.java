package io.nereid.server.console.calls;

/** A call by the JDK's HTTP client: a program of one file. */
final class JavaCall {
    private JavaCall() {}

    static String text(CallTarget target, ExampleRequest request) {
        String json = request.decoupled() ? request.generateJson() : request.json();
        boolean binary = !request.decoupled() && request.isBinary();
        String body = "HttpRequest.BodyPublishers.ofString(json)";
        if (binary) {
            body = "HttpRequest.BodyPublishers.concat(" + body
                    + ",\n                        HttpRequest.BodyPublishers.ofByteArray(new byte["
                    + request.binaryBytes() + "]))";
        }
        String headers = binary
                ? ".header(\"Inference-Header-Content-Length\", \"" + request.jsonBytes() + "\")"
                : ".header(\"Content-Type\", \"application/json\")";
        String secret = target.httpHeader()
                .map(name -> ".header(" + Texts.inCode(name) + ", \"" + CallTarget.SECRET + "\")").orElse("");
        return """
                import java.net.URI;
                import java.net.http.HttpClient;
                import java.net.http.HttpRequest;
                import java.net.http.HttpResponse;

                public class Call {
                    public static void main(String[] arguments) throws Exception {
                        String json = %s;
                        HttpRequest request = HttpRequest.newBuilder(URI.create(%s))
                                %s
                                .POST(%s).build();
                        HttpResponse<String> response = HttpClient.newHttpClient().send(request,
                                HttpResponse.BodyHandlers.ofString());
                        System.out.println(response.statusCode() + " " + response.body());
                    }
                }
                """.formatted(Texts.inCode(json), Texts.inCode(target.url(
                request.decoupled() ? "generate_stream" : "infer")), headers + secret, body);
    }
}
