package io.nereid.server.grpc.codec;

import io.nereid.server.protocol.ClientRequest;

/**
 * An inference request as it was read.
 *
 * @param request what the model is asked; its reader's caller owns its memory and the targets of its outputs
 * @param emptyFinal whether the client wants to be told of the end of a request whose last response did not say so
 */
public record ReceivedRequest(ClientRequest request, boolean emptyFinal) {}
