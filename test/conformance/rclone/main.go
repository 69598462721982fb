// rclone with one backend: the whole program takes ten minutes to compile on two cores, for clouds that no test asks.
package main

import (
	_ "github.com/rclone/rclone/backend/googlecloudstorage"
	"github.com/rclone/rclone/cmd"
	_ "github.com/rclone/rclone/cmd/lsf"
	_ "github.com/rclone/rclone/cmd/version"
)

func main() {
	cmd.Main()
}
