package io.nereid.server.grpc;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
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
import io.nereid.server.protocol.Restrictions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/** The methods of one service, as they are put together: what each takes, gives and does, and who may call it. */
final class MethodTable {
    private static final Logger LOG = LoggerFactory.getLogger(MethodTable.class);

    /** Far more than names, numbers and settings take. */
    private static final int MOST_BYTES = 4 << 20;

    private final String service;
    private final FileDescriptor file;
    private final Restrictions restrictions;
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
     */
    MethodTable(String service, FileDescriptor file, Restrictions restrictions) {
        this.service = service;
        this.file = file;
        this.restrictions = restrictions;
    }

    /** Adds a method that answers at once; {@code request} and {@code response} are empty messages of their types. */
    <Q extends Message, A extends Message> MethodTable unary(ApiCategory category, String name, Q request, A response,
            Answer<Q, A> answer) {
        return add(category, method(name, request, response, MOST_BYTES),
                ServerCalls.asyncUnaryCall((asked, observer) -> answer(name, answer, asked, observer)));
    }

    /** Adds a method that may take its time: it has a virtual thread for that. */
    <Q extends Message, A extends Message> MethodTable slow(ApiCategory category, String name, Q request, A response,
            Answer<Q, A> answer) {
        return slow(category, name, request, response, MOST_BYTES, answer);
    }

    /** The same for requests of up to so many bytes, which are read into the heap. */
    <Q extends Message, A extends Message> MethodTable slow(ApiCategory category, String name, Q request, A response,
            int mostBytes, Answer<Q, A> answer) {
        return add(category, method(name, request, response, mostBytes), ServerCalls.asyncUnaryCall(
                (asked, observer) -> Thread.startVirtualThread(() -> answer(name, answer, asked, observer))));
    }

    private <Q extends Message, A extends Message> MethodDescriptor<AskedMessage<Q>, A> method(String name, Q request,
            A response, int mostBytes) {
        return MethodDescriptor.<AskedMessage<Q>, A>newBuilder().setType(MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
                .setRequestMarshaller(AskedMessage.marshaller(request, mostBytes))
                .setResponseMarshaller(ProtoUtils.marshaller(response)).build();
    }

    private static <Q, A> void answer(String name, Answer<Q, A> answer, AskedMessage<Q> request,
            StreamObserver<A> observer) {
        A response;
        try {
            response = answer.of(request.get());
        } catch (InferenceException e) {
            observer.onError(GrpcStatus.exception(e));
            return;
        } catch (RuntimeException | Error e) {
            LOG.error("{} failed", name, e);
            observer.onError(GrpcStatus.exception(InferenceException.ofDefect(e)));
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
