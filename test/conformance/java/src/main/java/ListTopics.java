import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.pubsub.v1.ProjectName;
import com.google.pubsub.v1.Topic;

/** Lists the topics of a project: the sample of the documentation of google-cloud-pubsub, over gRPC. */
public final class ListTopics {
  public static void main(String[] arguments) throws Exception {
    String projectId = arguments[0];
    String endpoint = arguments[1];
    TopicAdminSettings settings = TopicAdminSettings.newBuilder().setEndpoint(endpoint).build();
    try (TopicAdminClient client = TopicAdminClient.create(settings)) {
      for (Topic topic : client.listTopics(ProjectName.of(projectId)).iterateAll()) {
        System.out.println(topic.getName());
      }
    }
  }
}
