package io.nereid.perf.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message of {@code ModelStreamInferResponse}.
 *
 * @param error empty where there is none
 * @param hasOutputs whether it is more than the word that nothing more comes
 * @param isFinal whether it is the last of its request
 */
record StreamAnswer(String error, boolean hasOutputs, boolean isFinal) {
    private static final int ERROR_MESSAGE = 1;
    private static final int INFER_RESPONSE = 2;
    private static final int PARAMETERS = 4;
    private static final int OUTPUTS = 5;
    private static final int KEY = 1;
    private static final int VALUE = 2;
    private static final int BOOL = 1;
    private static final ByteBuffer FINAL = StandardCharsets.US_ASCII.encode("triton_final_response");

    /** Reads what there is of it: the end may be missing. */
    static StreamAnswer read(ByteBuffer beginning) throws IOException {
        String error = "";
        boolean outputs = false;
        boolean last = false;
        ProtobufReader message = new ProtobufReader(beginning);
        while (message.next()) {
            if (message.field() == ERROR_MESSAGE) {
                error = StandardCharsets.UTF_8.decode(message.bytes()).toString();
            } else if (message.field() == INFER_RESPONSE) {
                ProtobufReader response = new ProtobufReader(message.bytes());
                while (response.next() && !outputs) {
                    outputs = response.field() == OUTPUTS;
                    last |= response.field() == PARAMETERS && isFinal(new ProtobufReader(response.bytes()));
                }
            }
        }
        return new StreamAnswer(error, outputs, last);
    }

    private static boolean isFinal(ProtobufReader entry) throws IOException {
        boolean named = false;
        boolean set = false;
        while (entry.next()) {
            if (entry.field() == KEY) {
                named = entry.bytes().equals(FINAL);
            } else if (entry.field() == VALUE) {
                ProtobufReader value = new ProtobufReader(entry.bytes());
                while (value.next()) {
                    set |= value.field() == BOOL && value.number() != 0;
                }
            }
        }
        return named && set;
    }
}
