package io.nereid.server.grpc;

import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/** How messages are compressed: gzip both ways, deflate for requests. */
final class Compressions {
    static final String GZIP = "gzip";

    private Compressions() {}

    static DecompressorRegistry ofRequests() {
        return DecompressorRegistry.getDefaultInstance().with(new Deflate(), true);
    }

    static CompressorRegistry ofResponses(GrpcConfig.Compression compression) {
        CompressorRegistry registry = CompressorRegistry.newEmptyInstance();
        registry.register(Codec.Identity.NONE);
        registry.register(new Gzip(deflate(compression)));
        return registry;
    }

    /** What gRPC calls deflate: the zlib format. */
    private static final class Deflate implements Decompressor {
        @Override
        public String getMessageEncoding() {
            return "deflate";
        }

        @Override
        public InputStream decompress(InputStream compressed) {
            return new InflaterInputStream(compressed);
        }
    }

    /** gRPC's own knows one level only. */
    private record Gzip(int level) implements Compressor {
        @Override
        public String getMessageEncoding() {
            return GZIP;
        }

        @Override
        public OutputStream compress(OutputStream target) throws IOException {
            return new GZIPOutputStream(target) {
                {
                    def.setLevel(level);
                }
            };
        }
    }

    private static int deflate(GrpcConfig.Compression compression) {
        return switch (compression) {
            case NONE -> Deflater.NO_COMPRESSION;
            case LOW -> Deflater.BEST_SPEED;
            case MEDIUM -> 6;
            case HIGH -> Deflater.BEST_COMPRESSION;
        };
    }
}
