package io.nereid.server.openai;

/** The two routes that answer with text: what they call things. */
enum TextForm {
    COMPLETION("cmpl-", "text_completion", "text_completion"),
    CHAT("chatcmpl-", "chat.completion",
            "chat.completion.chunk");

    private final String idPrefix;
    private final String object;
    private final String chunkObject;

    TextForm(String idPrefix, String object, String chunkObject) {
        this.idPrefix = idPrefix;
        this.object = object;
        this.chunkObject = chunkObject;
    }

    /** What an answer's id begins with. */
    String idPrefix() {
        return idPrefix;
    }

    /** What a whole answer is called. */
    String object() {
        return object;
    }

    /** What a part of a stream is called. */
    String chunkObject() {
        return chunkObject;
    }
}
