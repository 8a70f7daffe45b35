package io.nereid.server.inference;

/**
 * What a client calls its request and the model it asks for, as far as that was read.
 *
 * @param id the request's id, empty where there is none
 * @param model the model's name, empty where it was not read
 * @param version the version, empty for the highest that is ready
 */
public record RequestIdentity(String id, String model, String version) {
    /** Of a request of which nothing was read. */
    public static final RequestIdentity UNKNOWN = new RequestIdentity("", "", "");
}
