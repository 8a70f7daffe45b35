package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.nereid.server.protocol.Restrictions;

/** Lets only calls through that bring what is required. */
record RequiredHeader(Restrictions.Requirement requirement) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers,
            ServerCallHandler<Q, A> next) {
        String given = headers.get(Metadata.Key.of(requirement.header(), Metadata.ASCII_STRING_MARSHALLER));
        if (requirement.isMetBy(given)) {
            return next.startCall(call, headers);
        }
        call.close(Status.UNAVAILABLE.withDescription(
                "This protocol is restricted, expecting header '" + requirement.header() + "'"), new Metadata());
        return new ServerCall.Listener<>() {
        };
    }
}
