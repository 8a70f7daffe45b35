package gourmetgram.http;

/** A request is answered with an error. The message is for whoever sent it: what is wrong, and what was expected. */
public final class HttpError extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String text;

    public HttpError(int status, String text) {
        super(text);
        this.status = status;
        this.text = text;
    }

    /** 413 for a body that has more bytes than it may. */
    static HttpError tooLarge(String got, int most) {
        return new HttpError(413, "body: got " + got + " (expected at most " + most + " bytes)");
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }

    /** The message. */
    String text() {
        return text;
    }
}
