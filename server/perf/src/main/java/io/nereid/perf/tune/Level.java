package io.nereid.perf.tune;

/**
 * What clients saw who each sent the next request when the last was answered.
 *
 * @param concurrency how many they were
 * @param perSecond good answers
 * @param p99Nanos 99 of 100 good answers took at most so long
 * @param errors other answers, and connections that broke
 */
public record Level(int concurrency, double perSecond, long p99Nanos, long errors) {
    boolean isFaultless() {
        return errors == 0 && perSecond > 0;
    }
}
