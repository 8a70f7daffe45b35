package io.nereid.backend.image;

/** To what size an image is resized. */
sealed interface Resize {
    /** The size of an image of {@code width} columns and {@code height} rows, resized. */
    Size of(int width, int height);

    /** To this size, whatever shape the image has. */
    record Exact(Size size) implements Resize {
        @Override
        public Size of(int width, int height) {
            return size;
        }
    }

    /** Its shorter side to {@code pixels}, the other in proportion, rounded down as torchvision does. */
    record ShorterSide(int pixels) implements Resize {
        @Override
        public Size of(int width, int height) {
            int shorter = Math.min(width, height);
            int longer = (int) ((double) ((long) pixels * Math.max(width, height)) / shorter);
            return width <= height ? new Size(longer, pixels) : new Size(pixels, longer);
        }
    }
}
