package io.nereid.inference;

/** The value of a custom parameter of a request or a response. */
public sealed interface ParameterValue {
    /** A string. */
    record Text(String value) implements ParameterValue {}

    /** A signed 64-bit integer. */
    record Int(long value) implements ParameterValue {}

    /** True or false. */
    record Flag(boolean value) implements ParameterValue {}

    /** A floating-point number. */
    record Real(double value) implements ParameterValue {}
}
