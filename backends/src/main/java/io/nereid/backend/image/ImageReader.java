package io.nereid.backend.image;

import io.nereid.backend.image.decode.Base64Text;
import io.nereid.backend.image.decode.ImageDecoders;
import io.nereid.backend.image.decode.ImageHeader;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;

import java.lang.foreign.MemorySegment;

/**
 * From the bytes that a client sent to the tensor of one image. Thread-safe; blocks while it decodes, and while images
 * decoded by other threads hold the memory that it needs.
 */
final class ImageReader {
    /** JPEG has no more; a longer side is a trick to make rows large. */
    private static final int MAX_SIDE = 65_535;

    private final ImageDecoders decoders;
    private final DecodeMemory decodeMemory;
    private final TensorAllocator memory;
    private final ImageSettings settings;
    private final TensorRows.Tables tables;

    ImageReader(ImageDecoders decoders, DecodeMemory decodeMemory, TensorAllocator memory, ImageSettings settings,
            TensorRows.Tables tables) {
        this.decoders = decoders;
        this.decodeMemory = decodeMemory;
        this.memory = memory;
        this.settings = settings;
        this.tables = tables;
    }

    /**
     * Makes the tensor of an image.
     *
     * @param sent a file, or its base64
     * @param tensor all of it is written
     * @throws InferenceException INVALID_ARG if it is no image, a damaged or a too large one; UNAVAILABLE if memory is
     *     short. The text begins with {@code got}
     */
    void read(MemorySegment sent, MemorySegment tensor) throws InferenceException {
        if (!Base64Text.is(sent)) {
            readFile(sent, tensor);
            return;
        }
        TensorBuffer decoded = memory.allocate(Base64Text.maxBytes(sent.byteSize()));
        try {
            long length = Base64Text.decode(sent, decoded.segment());
            readFile(decoded.segment().asSlice(0, length), tensor);
        } finally {
            decoded.release();
        }
    }

    private void readFile(MemorySegment file, MemorySegment tensor) throws InferenceException {
        ImageHeader header = decoders.header(file);
        checkSize(header);
        decodeMemory.take(header.decodingBytes());
        try {
            TensorBuffer rgb = memory.allocateZeroed(header.rgbBytes());
            try {
                decoders.decode(file, header, rgb.segment(), memory);
                PixelRows rows = new PixelRows(rgb.segment(), header.width(), header.height(),
                        settings.exif() ? header.orientation() : 1);
                Resampling.run(rows, settings.window(rows.width(), rows.height()),
                        new TensorRows(tables, settings.size(), settings.channelsFirst(), tensor));
            } finally {
                rgb.release();
            }
        } finally {
            decodeMemory.giveBack(header.decodingBytes());
        }
    }

    private void checkSize(ImageHeader header) throws InferenceException {
        if (header.pixels() > settings.maxPixels()) {
            throw tooLarge(header, header.pixels() + " in all (expected at most " + settings.maxPixels()
                    + ", by the model's parameter 'max_pixels')");
        }
        if (Math.max(header.width(), header.height()) > MAX_SIDE) {
            throw tooLarge(header, "with a side of more than " + MAX_SIDE);
        }
        if (header.decodingBytes() > decodeMemory.maxBytes()) {
            throw tooLarge(header, "for which decoding takes " + header.decodingBytes() + " bytes (expected at most "
                    + decodeMemory.maxBytes() + ", by --backend-config=image,decode-memory-bytes)");
        }
    }

    private static InferenceException tooLarge(ImageHeader header, String how) {
        return new InferenceException(ErrorCode.INVALID_ARG, "got " + header.format().words() + " of " + header.width()
                + "x" + header.height() + " pixels, " + how);
    }
}
