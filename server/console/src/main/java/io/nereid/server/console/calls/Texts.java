package io.nereid.server.console.calls;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Writes texts so that each language reads them as they are. */
final class Texts {
    private Texts() {}

    /** A string of JSON, in its quotation marks. */
    static String inJson(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    /** A literal of Python or Java: both read the escapes that JSON has. */
    static String inCode(String text) {
        return inJson(text);
    }

    /** A word of a shell, in single quotes. */
    static String inShell(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** A segment of a path. */
    static String inPath(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
