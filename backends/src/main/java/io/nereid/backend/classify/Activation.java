package io.nereid.backend.classify;

/** How logits become probabilities. Computed in 64 bits, given in 32. */
enum Activation {
    /** Of classes that exclude each other: together they are 1. */
    SOFTMAX {
        @Override
        float[] of(float[] logits, int[] classes) {
            double largest = Double.NEGATIVE_INFINITY;
            for (float logit : logits) {
                largest = Math.max(largest, logit);
            }
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit - largest);
            }
            float[] probabilities = new float[classes.length];
            for (int i = 0; i < classes.length; i++) {
                probabilities[i] = (float) (Math.exp(logits[classes[i]] - largest) / sum);
            }
            return probabilities;
        }
    },
    /** Of each class by itself. */
    SIGMOID {
        @Override
        float[] of(float[] logits, int[] classes) {
            float[] probabilities = new float[classes.length];
            for (int i = 0; i < classes.length; i++) {
                probabilities[i] = (float) (1 / (1 + Math.exp(-logits[classes[i]])));
            }
            return probabilities;
        }
    };

    /** The probabilities of {@code classes}, in their order. */
    abstract float[] of(float[] logits, int[] classes);
}
