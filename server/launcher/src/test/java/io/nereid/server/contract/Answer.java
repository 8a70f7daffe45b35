package io.nereid.server.contract;

import java.util.List;

/** What came of a request, as every protocol can express it. */
sealed interface Answer {
    /** It was answered; data are in hexadecimal. */
    record Response(String model, String version, String id, List<Out> outputs) implements Answer {}

    /** A tensor of the answer. */
    record Out(String name, String datatype, List<Long> shape, String data) {}

    /**
     * It failed.
     *
     * @param code what the protocol says, in words of the protocol: not comparable between two
     */
    record Failure(String code, String text) implements Answer {}
}
