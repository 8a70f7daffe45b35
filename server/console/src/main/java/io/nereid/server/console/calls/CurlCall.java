package io.nereid.server.console.calls;

/** A call by curl, for any shell. */
final class CurlCall {
    private CurlCall() {}

    static String text(CallTarget target, ExampleRequest request) {
        String header = target.httpHeader()
                .map(name -> " \\\n  -H " + Texts.inShell(name + ": " + CallTarget.SECRET)).orElse("");
        if (request.decoupled()) {
            return "curl -sS -N " + Texts.inShell(target.url("generate_stream")) + " \\\n"
                    + "  -H 'Content-Type: application/json' \\\n  -d " + Texts.inShell(request.generateJson())
                    + header;
        }
        String url = Texts.inShell(target.url("infer"));
        if (!request.isBinary()) {
            return "curl -sS " + url + " \\\n  -H 'Content-Type: application/json' \\\n  -d "
                    + Texts.inShell(request.json()) + header;
        }
        return "{ printf '%s' " + Texts.inShell(request.json()) + "\n  head -c " + request.binaryBytes()
                + " /dev/zero; } |\n  curl -sS " + url + " -H 'Content-Type: application/octet-stream' \\\n"
                + "    -H 'Inference-Header-Content-Length: " + request.jsonBytes() + "' --data-binary @-" + header;
    }
}
