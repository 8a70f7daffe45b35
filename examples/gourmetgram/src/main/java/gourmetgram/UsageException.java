package gourmetgram;

/** The command line cannot be followed. The message is one line that says what is wrong and what was expected. */
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
