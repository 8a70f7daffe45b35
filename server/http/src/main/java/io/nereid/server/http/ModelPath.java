package io.nereid.server.http;

/**
 * The model that a path names.
 *
 * @param model its name, percent escapes resolved; empty where the path names none
 * @param version the digits of its version; empty where the path names none
 */
public record ModelPath(String model, String version) {
    /** That of a path which names none. */
    public static final ModelPath NONE = new ModelPath("", "");
}
