guests() { :; }
