"""What notify does when the apps below say that something happened."""
