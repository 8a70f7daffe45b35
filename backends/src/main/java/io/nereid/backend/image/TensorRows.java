package io.nereid.backend.image;

import io.nereid.inference.DataType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes the rows of an image into its tensor. Not thread-safe; made anew for each image, over tables that all images
 * share.
 */
final class TensorRows implements Resampling.Sink {
    private final Tables tables;
    private final Size size;
    private final boolean channelsFirst;
    private final MemorySegment tensor;

    /** @param tensor all of it is written */
    TensorRows(Tables tables, Size size, boolean channelsFirst, MemorySegment tensor) {
        this.tables = tables;
        this.size = size;
        this.channelsFirst = channelsFirst;
        this.tensor = tensor;
    }

    /** What becomes of each grey level, as the output's datatype holds it. Immutable. */
    sealed interface Tables {
        /** Those of a datatype. */
        static Tables of(DataType dataType, Values values) {
            return switch (dataType) {
                case FP32 -> new Floats(values.table());
                case FP16 -> new Halves(halves(values.table()));
                default -> new Levels();
            };
        }

        private static short[][] halves(float[][] table) {
            short[][] halves = new short[table.length][table[0].length];
            for (int c = 0; c < table.length; c++) {
                for (int level = 0; level < table[c].length; level++) {
                    halves[c][level] = Float.floatToFloat16(table[c][level]);
                }
            }
            return halves;
        }

        /**
         * Writes a row.
         *
         * @param first the place of the first pixel's red among the tensor's elements
         * @param pixel elements from a pixel to the next one
         * @param color elements from a colour to the next one
         */
        void write(byte[] rgb, MemorySegment tensor, long first, long pixel, long color);

        /** 32-bit floats. */
        final class Floats implements Tables {
            private final float[][] table;

            private Floats(float[][] table) {
                this.table = table;
            }

            @Override
            public void write(byte[] rgb, MemorySegment tensor, long first, long pixel, long color) {
                for (int c = 0; c < 3; c++) {
                    float[] values = table[c];
                    long at = first + c * color;
                    for (int i = c; i < rgb.length; i += 3) {
                        tensor.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at * Float.BYTES, values[rgb[i] & 0xff]);
                        at += pixel;
                    }
                }
            }
        }

        /** 16-bit floats. */
        final class Halves implements Tables {
            private final short[][] table;

            private Halves(short[][] table) {
                this.table = table;
            }

            @Override
            public void write(byte[] rgb, MemorySegment tensor, long first, long pixel, long color) {
                for (int c = 0; c < 3; c++) {
                    short[] values = table[c];
                    long at = first + c * color;
                    for (int i = c; i < rgb.length; i += 3) {
                        tensor.set(ValueLayout.JAVA_SHORT_UNALIGNED, at * Short.BYTES, values[rgb[i] & 0xff]);
                        at += pixel;
                    }
                }
            }
        }

        /** The levels themselves. */
        record Levels() implements Tables {
            @Override
            public void write(byte[] rgb, MemorySegment tensor, long first, long pixel, long color) {
                for (int c = 0; c < 3; c++) {
                    long at = first + c * color;
                    for (int i = c; i < rgb.length; i += 3) {
                        tensor.set(ValueLayout.JAVA_BYTE, at, rgb[i]);
                        at += pixel;
                    }
                }
            }
        }
    }

    @Override
    public void row(int y, byte[] rgb) {
        long first = (long) y * size.width();
        if (channelsFirst) {
            tables.write(rgb, tensor, first, 1, (long) size.height() * size.width());
        } else {
            tables.write(rgb, tensor, first * 3, 3, 1);
        }
    }
}
