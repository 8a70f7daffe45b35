package gourmetgram.http;

/** What one client may ask of the JDK's web server, which reads these properties once, with the first server. */
final class JdkLimits {
    private static final String OF_THE_JDK = "sun.net.httpserver.";

    private JdkLimits() {}

    /** Sets what the command line has not set. */
    static void set() {
        setDefault("jdk.httpserver.maxConnections", "256");
        setDefault(OF_THE_JDK + "maxReqTime", "30"); // seconds for a request to arrive
        setDefault(OF_THE_JDK + "maxRspTime", "60"); // and to be answered, until the client has taken all of it
        setDefault(OF_THE_JDK + "nodelay", "true");
    }

    private static void setDefault(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
