package io.nereid.bench.load.protocols;

/**
 * A server of this machine that runs already.
 *
 * @param name what the table calls it
 * @param grpcPort where it listens, on the loopback address
 * @param pid its process
 */
record RunningServer(String name, int grpcPort, long pid) {
    private static final String FORM = "NAME=127.0.0.1:PORT,PID";

    /** @throws IllegalArgumentException if the text is not {@code NAME=127.0.0.1:PORT,PID} */
    static RunningServer parse(String text) {
        int equals = text.indexOf('=');
        int colon = text.lastIndexOf(':');
        int comma = text.lastIndexOf(',');
        if (equals < 1 || !text.substring(equals + 1, Math.max(equals + 1, colon)).equals("127.0.0.1")
                || comma < colon) {
            throw new IllegalArgumentException("got '%s' (expected %s)".formatted(text, FORM));
        }
        try {
            return new RunningServer(text.substring(0, equals), Integer.parseInt(text.substring(colon + 1, comma)),
                    Long.parseLong(text.substring(comma + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("got '%s' (expected %s)".formatted(text, FORM), e);
        }
    }
}
