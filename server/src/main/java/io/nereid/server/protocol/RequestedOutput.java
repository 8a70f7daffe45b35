package io.nereid.server.protocol;

/**
 * An output a client asks for.
 *
 * @param name the output's name
 * @param binary whether it shall come as binary data rather than JSON
 * @param classification how many of the best classes shall come in its place; 0 for the tensor itself
 */
public record RequestedOutput(String name, boolean binary, int classification) {}
