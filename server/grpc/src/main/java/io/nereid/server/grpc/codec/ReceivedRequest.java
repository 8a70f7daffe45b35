package io.nereid.server.grpc.codec;

import io.nereid.server.protocol.ClientRequest;

/**
 * An inference request as it was read.
 *
 * @param request what the model is asked; its reader's caller owns its memory and the targets of its outputs
 * @param emptyFinal whether the client wants an empty last message for a request whose last response was not marked as the last
 */
public record ReceivedRequest(ClientRequest request, boolean emptyFinal) {}
