package io.nereid.server.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.ParameterValue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The v2 protocol over HTTP, with binary tensors both ways. */
final class HttpContractClient extends ContractClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JSON_LENGTH = "Inference-Header-Content-Length";

    private final HttpClient client = HttpClient.newHttpClient();

    HttpContractClient(Path models) throws Exception {
        super(models);
    }

    @Override
    Answer ask(Ask ask) throws Exception {
        byte[] json = JSON.writeValueAsBytes(json(ask));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        ask.inputs().forEach(input -> body.writeBytes(input.data()));
        String version = ask.version().isEmpty() ? "" : "/versions/" + ask.version();
        HttpResponse<byte[]> response = client.send(HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.httpPort() + "/v2/models/" + ask.model() + version + "/infer"))
                .header(JSON_LENGTH, Integer.toString(json.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            return new Answer.Failure(Integer.toString(response.statusCode()),
                    JSON.readTree(response.body()).get("error").asText());
        }
        return answer(response);
    }

    private static ObjectNode json(Ask ask) {
        ObjectNode root = JSON.createObjectNode();
        root.put("id", ask.id());
        ObjectNode parameters = root.putObject("parameters").put("binary_data_output", true);
        ask.parameters().forEach((name, value) -> {
            switch (value) {
                case ParameterValue.Int(long number) -> parameters.put(name, number);
                case ParameterValue.Flag(boolean flag) -> parameters.put(name, flag);
                case ParameterValue.Text(String text) -> parameters.put(name, text);
                case ParameterValue.Real(double number) -> parameters.put(name, number);
            }
        });
        ArrayNode inputs = root.putArray("inputs");
        for (Ask.In input : ask.inputs()) {
            ObjectNode node = inputs.addObject().put("name", input.name()).put("datatype", input.datatype());
            ArrayNode shape = node.putArray("shape");
            Arrays.stream(input.shape()).forEach(shape::add);
            node.putObject("parameters").put("binary_data_size", input.data().length);
        }
        if (!ask.outputs().isEmpty()) {
            ArrayNode outputs = root.putArray("outputs");
            for (Ask.Out output : ask.outputs()) {
                ObjectNode asked = outputs.addObject().put("name", output.name()).putObject("parameters")
                        .put("binary_data", true);
                if (output.classification() > 0) {
                    asked.put("classification", output.classification());
                }
            }
        }
        return root;
    }

    private static Answer answer(HttpResponse<byte[]> response) throws IOException {
        byte[] body = response.body();
        int at = Integer.parseInt(response.headers().firstValue(JSON_LENGTH).orElse(Integer.toString(body.length)));
        JsonNode json = JSON.readTree(body, 0, at);
        List<Answer.Out> outputs = new ArrayList<>();
        for (JsonNode output : json.get("outputs")) {
            List<Long> shape = new ArrayList<>();
            output.get("shape").forEach(dim -> shape.add(dim.asLong()));
            int bytes = output.get("parameters").get("binary_data_size").asInt();
            outputs.add(new Answer.Out(output.get("name").asText(), output.get("datatype").asText(), shape,
                    HexFormat.of().formatHex(body, at, at + bytes)));
            at += bytes;
        }
        return new Answer.Response(json.get("model_name").asText(), json.get("model_version").asText(),
                json.path("id").asText(), outputs);
    }

    @Override
    String spelled(ErrorCode code) {
        return switch (code) {
            case INTERNAL -> "500";
            case NOT_FOUND -> "404";
            case UNAVAILABLE -> "503";
            case UNSUPPORTED -> "501";
            case UNKNOWN, INVALID_ARG, ALREADY_EXISTS, CANCELLED -> "400";
        };
    }

    @Override
    public void close() {
        client.close();
        super.close();
    }
}
