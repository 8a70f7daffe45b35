package io.nereid.server.cache;

/**
 * One load of a model version: what its answers depend on beside the requests, and whether it still is. Thread-safe.
 */
public final class CacheScope {
    private final String content;
    private volatile boolean ended;

    /** @param content differs wherever the answers may differ: the model's name, its version, and what is in its files */
    public CacheScope(String content) {
        this.content = content;
    }

    String content() {
        return content;
    }

    /** The model is no more: what it still answers is not kept. */
    void end() {
        ended = true;
    }

    boolean isEnded() {
        return ended;
    }
}
