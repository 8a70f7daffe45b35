package io.nereid.server.http.codec;

/** What a JSON value can be. */
enum JsonKind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
}
