package io.nereid.server.http.codec;

/**
 * What a response says about itself.
 *
 * @param modelName the model that answered
 * @param modelVersion its version, a decimal number
 * @param requestId the client's name for the request, empty where it gave none
 */
public record ResponseInfo(String modelName, String modelVersion, String requestId) {}
