package io.nereid.backend.image.decode;

import io.nereid.backend.image.binding.WebP;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;

import java.lang.foreign.MemorySegment;

/** Decodes WebP by libwebp; of an animation the first frame, on black where it covers less than the image. */
final class WebPDecoder implements ImageDecoder {
    /** The library's own copy of the pixels with their alpha, and what it predicts from. */
    private static final int WORK_BYTES_PER_PIXEL = 8;

    private final WebP library;

    WebPDecoder(WebP library) {
        this.library = library;
    }

    @Override
    public ImageHeader header(MemorySegment bytes) throws InferenceException {
        WebPHeader header = WebPHeader.read(new FileBytes(ImageFormat.WEBP, bytes));
        return new ImageHeader(ImageFormat.WEBP, header.width(), header.height(), header.orientation(),
                (long) header.width() * header.height() * WORK_BYTES_PER_PIXEL);
    }

    @Override
    public void decode(MemorySegment bytes, ImageHeader known, MemorySegment rgb, TensorAllocator memory)
            throws InferenceException {
        FileBytes file = new FileBytes(ImageFormat.WEBP, bytes);
        WebPHeader header = WebPHeader.read(file);
        WebPHeader.Frame frame = header.frame();
        boolean decoded;
        if (frame == null) {
            decoded = library.decode(bytes, rgb, 3 * header.width());
        } else {
            rgb.fill((byte) 0);
            long start = 3 * ((long) frame.y() * header.width() + frame.x());
            decoded = library.decode(file.slice(frame.at(), frame.length()), rgb.asSlice(start), 3 * header.width());
        }
        if (!decoded) {
            throw file.wrong("that is damaged or ends early");
        }
    }
}
