package io.nereid.server.http.codec;

/** What a JSON value can be. */
public enum JsonKind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
}
