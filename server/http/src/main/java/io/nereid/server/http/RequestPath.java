package io.nereid.server.http;

import io.netty.handler.codec.http.QueryStringDecoder;

/** Reads the target of a request. */
public final class RequestPath {
    private static final String SCHEME = "http://";

    private RequestPath() {}

    /** Without the query, and without scheme and host, which a client may send in front of it. */
    public static String of(String target) {
        int start = target.startsWith(SCHEME) ? target.indexOf('/', SCHEME.length()) : 0;
        if (start < 0) {
            return "/";
        }
        int query = target.indexOf('?', start);
        return target.substring(start, query < 0 ? target.length() : query);
    }

    /**
     * A segment of a path without its percent escapes; a plus sign is one.
     *
     * @throws IllegalArgumentException at a percent escape that is none
     */
    public static String decoded(String segment) {
        return segment.indexOf('%') < 0 ? segment : QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"));
    }
}
