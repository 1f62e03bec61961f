"""The demo: the whole pipeline on one machine, with an embedded node, a mail catcher and a real Airflow."""
