package io.nereid.perf.grpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The headers of a call as HPACK: the first time in full, then by their places in the server's table. Immutable. */
final class RequestHead {
    /** Says that the table stays empty, where the server's is smaller than it begins with. */
    static final byte NO_TABLE = 0x20;

    private static final int METHOD_POST = 0x83;
    private static final int SCHEME_HTTP = 0x86;
    private static final int SCHEME_HTTPS = 0x87;
    private static final int KEPT = 0x40;
    private static final int AUTHORITY = 1;
    private static final int PATH = 4;
    private static final int CONTENT_TYPE = 31;
    /** The newest entry of the table; the others follow, the oldest last. */
    private static final int NEWEST = 0x80 | 62;

    private final byte[] full;
    private final byte[] indexed;

    /**
     * Of calls of one method.
     *
     * @param path the method, such as {@code /inference.GRPCInferenceService/ModelInfer}
     */
    RequestHead(boolean encrypted, String authority, String path) {
        byte scheme = (byte) (encrypted ? SCHEME_HTTPS : SCHEME_HTTP);
        ByteBuffer block = ByteBuffer.allocate(256 + 2 * (authority.length() + path.length()));
        block.put((byte) METHOD_POST).put(scheme);
        field(block, PATH, "", path);
        field(block, AUTHORITY, "", authority);
        field(block, CONTENT_TYPE, "", "application/grpc");
        field(block, 0, "te", "trailers");
        full = new byte[block.position()];
        block.flip().get(full);
        indexed = new byte[]{(byte) METHOD_POST, scheme, (byte) (NEWEST + 3), (byte) (NEWEST + 2), (byte) (NEWEST + 1),
                (byte) NEWEST};
    }

    private static void field(ByteBuffer block, int nameIndex, String name, String value) {
        block.put((byte) (KEPT | nameIndex));
        if (nameIndex == 0) {
            text(block, name);
        }
        text(block, value);
    }

    private static void text(ByteBuffer block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < 127) {
            block.put((byte) bytes.length);
        } else {
            int rest = bytes.length - 127;
            block.put((byte) 127);
            for (; rest >= 128; rest >>= 7) {
                block.put((byte) ((rest & 0x7f) | 0x80));
            }
            block.put((byte) rest);
        }
        block.put(bytes);
    }

    /** The first time on a connection, which fills the server's table. */
    byte[] full() {
        return full;
    }

    /** From then on, if the server has such a table. */
    byte[] indexed() {
        return indexed;
    }
}
