package io.nereid.server.observation;

/** How a request came in. */
public enum Protocol {
    HTTP("http", "HTTP_RECV_START", "HTTP_RECV_END", "HTTP_SEND_START", "HTTP_SEND_END"),
    /** A call of its own. */
    GRPC("grpc", "GRPC_WAITREAD_START", "GRPC_WAITREAD_END", "GRPC_SEND_START", "GRPC_SEND_END"),
    /** One of a stream. */
    GRPC_STREAM(
            "grpc-stream", "GRPC_WAITREAD_START", "GRPC_WAITREAD_END", "GRPC_SEND_START", "GRPC_SEND_END");

    private final String word;
    private final String receiveStart;
    private final String receiveEnd;
    private final String sendStart;
    private final String sendEnd;

    Protocol(String word, String receiveStart, String receiveEnd, String sendStart, String sendEnd) {
        this.word = word;
        this.receiveStart = receiveStart;
        this.receiveEnd = receiveEnd;
        this.sendStart = sendStart;
        this.sendEnd = sendEnd;
    }

    /** Its name in the access log. */
    public String word() {
        return word;
    }

    public String receiveStart() {
        return receiveStart;
    }

    public String receiveEnd() {
        return receiveEnd;
    }

    public String sendStart() {
        return sendStart;
    }

    public String sendEnd() {
        return sendEnd;
    }
}
