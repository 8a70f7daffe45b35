package io.nereid.server.grpc;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.Restrictions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/** The methods of one service, as they are put together: what each takes, gives and does, and who may call it. */
final class MethodTable {
    private static final Logger LOG = LoggerFactory.getLogger(MethodTable.class);

    private final String service;
    private final FileDescriptor file;
    private final Restrictions restrictions;
    private final RequestLimits limits;
    private final List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();

    /** A call that is answered at once, from what is in memory. */
    @FunctionalInterface
    interface Answer<Q, A> {
        A of(Q request) throws InferenceException;
    }

    /**
     * A table without methods.
     *
     * @param service the service's full name
     * @param file where it is declared, for reflection
     * @param limits how large requests may be that are read into the heap
     */
    MethodTable(String service, FileDescriptor file, Restrictions restrictions, RequestLimits limits) {
        this.service = service;
        this.file = file;
        this.restrictions = restrictions;
        this.limits = limits;
    }

    /** Adds a method that answers at once; {@code request} and {@code response} are empty messages of their types. */
    <Q extends Message, A extends Message> MethodTable unary(ApiCategory category, String name, Q request, A response,
            Answer<Q, A> answer) {
        return add(category, method(name, request, response), ServerCalls
                .asyncUnaryCall((asked, observer) -> answer(name, () -> answer.of(asked.get()), observer)));
    }

    /** Adds a method that may take its time: it has a virtual thread for that. */
    <Q extends Message, A extends Message> MethodTable slow(ApiCategory category, String name, Q request, A response,
            Answer<Q, A> answer) {
        return add(category, method(name, request, response),
                ServerCalls.asyncUnaryCall((asked, observer) -> Thread
                        .startVirtualThread(() -> answer(name, () -> answer.of(asked.get()), observer))));
    }

    /** Adds a method that may take its time, and whose requests may be large: it reads and closes them itself. */
    <A extends Message> MethodTable large(ApiCategory category, String name, Marshaller<ReceivedMessage> requests,
            A response, Answer<ReceivedMessage, A> answer) {
        return add(category, descriptor(name, requests, response), new LargeCall<>(
                (asked, observer) -> answer(name, () -> answer.of(asked), observer)));
    }

    private <Q extends Message, A extends Message> MethodDescriptor<ControlRequest<Q>, A> method(String name, Q request,
            A response) {
        return descriptor(name, ControlRequest.marshaller(request, limits), response);
    }

    private <Q, A extends Message> MethodDescriptor<Q, A> descriptor(String name, Marshaller<Q> requests, A response) {
        return MethodDescriptor.<Q, A>newBuilder().setType(MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
                .setRequestMarshaller(requests).setResponseMarshaller(ProtoUtils.marshaller(response)).build();
    }

    private interface Making<A> {
        A make() throws InferenceException;
    }

    private static <A> void answer(String name, Making<A> answer, StreamObserver<A> observer) {
        A response;
        try {
            response = answer.make();
        } catch (InferenceException e) {
            observer.onError(GrpcStatus.exception(e));
            return;
        } catch (RuntimeException | Error e) {
            LOG.error("{} failed", name, e);
            observer.onError(GrpcStatus.exception(InferenceException.ofInternalError(e)));
            return;
        }
        observer.onNext(response);
        observer.onCompleted();
    }

    /** Adds a method that does it all itself. */
    <Q, A> MethodTable add(ApiCategory category, MethodDescriptor<Q, A> method, ServerCallHandler<Q, A> handler) {
        Restrictions.Requirement requirement = restrictions.of(category);
        methods.add(ServerMethodDefinition.create(method, requirement == null ? handler
                : (call, headers) -> new RequiredHeader(requirement).interceptCall(call, headers, handler)));
        return this;
    }

    ServerServiceDefinition build() {
        ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(service)
                .setSchemaDescriptor((ProtoFileDescriptorSupplier) () -> file);
        methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(descriptor.build());
        methods.forEach(definition::addMethod);
        return definition.build();
    }
}
