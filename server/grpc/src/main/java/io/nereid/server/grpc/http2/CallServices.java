package io.nereid.server.grpc.http2;

import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import io.grpc.InternalDecompressorRegistry;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What calls ask for, and how they are served. Immutable and thread-safe.
 *
 * @param services their methods answer the calls
 * @param transportFilter sees each connection, and says what its calls know of it
 * @param tracers see each call, its messages as they come, and its end
 * @param executors where a call's listener is called; where they give none, on the connection's event loop
 * @param decompressors of requests
 * @param compressors of responses
 * @param maxMessageBytes largest request message, as sent and without compression
 */
public record CallServices(List<ServerServiceDefinition> services, ServerTransportFilter transportFilter,
        ServerStreamTracer.Factory tracers, ServerCallExecutorSupplier executors, DecompressorRegistry decompressors,
        CompressorRegistry compressors, int maxMessageBytes) {
    public CallServices {
        services = List.copyOf(services);
    }

    /** The methods by the path that a request has. */
    Map<String, ServerMethodDefinition<?, ?>> methodsByPath() {
        Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();
        for (ServerServiceDefinition service : services) {
            for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
                methods.put("/" + method.getMethodDescriptor().getFullMethodName(), method);
            }
        }
        return Map.copyOf(methods);
    }

    /** What is said of the compression of requests. */
    AsciiString acceptedEncodings() {
        byte @Nullable [] names = InternalDecompressorRegistry.getRawAdvertisedMessageEncodings(decompressors);
        return names == null ? GrpcHeaders.IDENTITY : new AsciiString(names);
    }
}
