package gourmetgram.v2;

/** Why a connection failed, in words. */
public final class Reasons {
    private Reasons() {}

    /** The first message of an error and its causes, or the name of its class where none has one. */
    public static String of(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && !message.isBlank()) {
                return message;
            }
        }
        return error.getClass().getSimpleName();
    }
}
