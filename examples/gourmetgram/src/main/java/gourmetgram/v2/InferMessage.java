package gourmetgram.v2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The body of an inference request and its answer over HTTP: a JSON head, and the elements behind it as they are. */
final class InferMessage {
    /** The header that says how long the JSON head is. */
    static final String HEAD_LENGTH = "Inference-Header-Content-Length";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BINARY_SIZE = "binary_data_size";

    private InferMessage() {}

    /** The head of a request for these outputs, whose elements are to come as they are too. */
    static byte[] head(WireTensor input, List<String> outputs) {
        ObjectNode head = JSON.createObjectNode();
        ObjectNode tensor = head.putArray("inputs").addObject().put("name", input.name())
                .put("datatype", input.datatype());
        ArrayNode shape = tensor.putArray("shape");
        input.shape().forEach(shape::add);
        tensor.putObject("parameters").put(BINARY_SIZE, input.data().remaining());
        ArrayNode wanted = head.putArray("outputs");
        for (String output : outputs) {
            wanted.addObject().put("name", output).putObject("parameters").put("binary_data", true);
        }
        return head.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The head and the elements of the input. */
    static byte[] body(byte[] head, WireTensor input) {
        return ByteBuffer.allocate(head.length + input.data().remaining()).put(head).put(input.data()).array();
    }

    /**
     * The outputs of an answer.
     *
     * @param headLength the value of its header {@link #HEAD_LENGTH}
     * @throws InferenceException INTERNAL if it is no such answer, or one is missing
     */
    static List<WireTensor> outputs(byte[] body, Optional<String> headLength, List<String> names)
            throws InferenceException {
        try {
            int length = headLength.map(Integer::parseInt).orElse(body.length);
            Map<String, WireTensor> found = new HashMap<>();
            int at = length;
            for (JsonNode output : JSON.readTree(body, 0, length).path("outputs")) {
                int size = output.path("parameters").path(BINARY_SIZE).asInt();
                WireTensor tensor = new WireTensor(output.path("name").asText(), output.path("datatype").asText(),
                        List.of(), ByteBuffer.wrap(body, at, size).slice());
                found.put(tensor.name(), tensor);
                at += size;
            }
            return select(found, names);
        } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "the model server's answer cannot be read", e);
        }
    }

    /** The tensors of these names, in their order. */
    static List<WireTensor> select(Map<String, WireTensor> found, List<String> names) throws InferenceException {
        List<WireTensor> selected = new ArrayList<>();
        for (String name : names) {
            WireTensor tensor = found.get(name);
            if (tensor == null) {
                throw new InferenceException(ErrorCode.INTERNAL,
                        "the model server's answer has no output '" + name + "'");
            }
            selected.add(tensor);
        }
        return selected;
    }
}
