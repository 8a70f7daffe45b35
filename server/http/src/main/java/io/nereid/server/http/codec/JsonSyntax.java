package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

/** What can be wrong with a text that should be JSON, in the words Triton's clients know (docs/compatibility.md). */
enum JsonSyntax {
    DOCUMENT_EMPTY("The document is empty."), //
    ROOT_NOT_SINGULAR("The document root must not be followed by other values."), //
    VALUE_INVALID("Invalid value."), //
    MISSING_NAME("Missing a name for object member."), //
    MISSING_COLON("Missing a colon after a name of object member."), //
    MISSING_COMMA_OR_BRACE("Missing a comma or '}' after an object member."), //
    MISSING_COMMA_OR_BRACKET("Missing a comma or ']' after an array element."), //
    ESCAPE_NOT_HEX("Incorrect hex digit after \\u escape in string."), //
    SURROGATE_INVALID("The surrogate pair in string is invalid."), //
    ESCAPE_INVALID("Invalid escape character in string."), //
    MISSING_QUOTE("Missing a closing quotation mark in string."), //
    ENCODING_INVALID("Invalid encoding in string."), //
    NUMBER_TOO_BIG("Number too big to be stored in double."), //
    MISSING_FRACTION("Miss fraction part in number."), //
    MISSING_EXPONENT("Miss exponent in number.");

    private final String text;

    JsonSyntax(String text) {
        this.text = text;
    }

    /** The failure for this fault at byte {@code offset} of the JSON. */
    InferenceException at(long offset) {
        return new InferenceException(ErrorCode.INTERNAL,
                "failed to parse the request JSON buffer: " + text + " at " + offset);
    }
}
